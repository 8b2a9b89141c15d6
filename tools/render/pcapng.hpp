// Writes pcapng blocks (draft-ietf-opsawg-pcapng): little endian, one section, nanosecond times.
#pragma once

#include "stack/wire/address.hpp"

#include <cstdint>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace tcpsim::render {

class PcapngWriter {
  public:
    /// §4.1: who wrote the section, and about what. Empty fields are left out.
    struct Section {
        std::string hardware{};
        std::string os{};
        std::string application{};
        std::string comment{};
    };
    /// §4.2: an Ethernet interface.
    struct Interface {
        std::string name{};
        std::string description{};
        std::optional<wire::Ipv4Prefix> address{};
        std::string os{};
    };
    enum class Direction : std::uint8_t { inbound = 1, outbound = 2 };  ///< §4.3.1, epb_flags
    /// §4.3: nanoseconds since 1970, the frame, and any number of comments.
    struct Packet {
        std::uint32_t interface { 0 };
        std::uint64_t at{0};
        Direction direction{};
        std::vector<std::uint8_t> bytes{};
        std::vector<std::string> comments{};
    };

    /// `out` must outlive the writer.
    PcapngWriter(std::ostream& out, Section const& section);
    /// Interfaces count from 0 in the order of these calls.
    void add_interface(Interface const& interface);
    void packet(Packet const& packet);
    /// §4.6: closes an interface's story; the comments stand on it.
    void statistics(std::uint32_t interface, std::uint64_t at, std::vector<std::string> const& comments);

  private:
    void block(std::uint32_t type, std::vector<std::uint8_t> const& body);
    std::ostream* out_;
};

}  // namespace tcpsim::render
