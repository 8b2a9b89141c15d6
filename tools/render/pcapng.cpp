#include "tools/render/pcapng.hpp"

#include <array>
#include <limits>
#include <string_view>

namespace tcpsim::render {
namespace {

using Bytes = std::vector<std::uint8_t>;

// draft-ietf-opsawg-pcapng §4 and §11.1: block types.
constexpr std::uint32_t section_header = 0x0A0D0D0A;
constexpr std::uint32_t interface_description = 1;
constexpr std::uint32_t interface_statistics = 5;
constexpr std::uint32_t enhanced_packet = 6;
constexpr std::uint16_t link_type_ethernet = 1;
constexpr std::uint32_t snap_length = 262'144;

// §3.5 and the option tables of each block.
constexpr std::uint16_t opt_comment = 1;
constexpr std::uint16_t shb_hardware = 2, shb_os = 3, shb_userappl = 4;
constexpr std::uint16_t if_name = 2, if_description = 3, if_ipv4_address = 4, if_tsresol = 9, if_os = 12;
constexpr std::uint16_t epb_flags = 2;
constexpr std::uint8_t nanosecond_resolution = 9;  // 10^-9
constexpr std::size_t longest_option = std::numeric_limits<std::uint16_t>::max();

template <class Integer>
void put(Bytes& out, Integer value) {
    for (std::size_t i = 0; i < sizeof(Integer); ++i) {
        out.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i)));
    }
}

void pad(Bytes& out) {
    while (out.size() % 4 != 0) {
        out.push_back(0);
    }
}

void option(Bytes& out, std::uint16_t code, std::span<std::uint8_t const> value) {
    put(out, code);
    put(out, static_cast<std::uint16_t>(value.size()));
    out.insert(out.end(), value.begin(), value.end());
    pad(out);
}

void option(Bytes& out, std::uint16_t code, std::string_view text) {
    if (!text.empty()) {
        text = text.substr(0, longest_option);
        option(out, code, {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
    }
}

void end_of_options(Bytes& out) { put(out, std::uint32_t{0}); }

void put_time(Bytes& out, std::uint64_t at) {
    put(out, static_cast<std::uint32_t>(at >> 32U));
    put(out, static_cast<std::uint32_t>(at));
}

}  // namespace

PcapngWriter::PcapngWriter(std::ostream& out, Section const& section) : out_{&out} {
    Bytes body;
    put(body, std::uint32_t{0x1A2B3C4D});  // byte-order magic
    put(body, std::uint16_t{1});           // version 1.0
    put(body, std::uint16_t{0});
    put(body, ~std::uint64_t{0});  // the section's length is not given
    option(body, opt_comment, section.comment);
    option(body, shb_hardware, section.hardware);
    option(body, shb_os, section.os);
    option(body, shb_userappl, section.application);
    end_of_options(body);
    block(section_header, body);
}

void PcapngWriter::add_interface(Interface const& interface) {
    Bytes body;
    put(body, link_type_ethernet);
    put(body, std::uint16_t{0});
    put(body, snap_length);
    option(body, if_name, interface.name);
    option(body, if_description, interface.description);
    if (interface.address) {
        Bytes address;
        for (std::uint32_t const word : {interface.address->address.value, interface.address->mask()}) {
            for (unsigned shift = 32; shift > 0; shift -= 8) {  // network byte order
                address.push_back(static_cast<std::uint8_t>(word >> (shift - 8)));
            }
        }
        option(body, if_ipv4_address, address);
    }
    option(body, if_tsresol, std::span<std::uint8_t const>{&nanosecond_resolution, 1});
    option(body, if_os, interface.os);
    end_of_options(body);
    block(interface_description, body);
}

void PcapngWriter::packet(Packet const& packet) {
    Bytes body;
    put(body, packet.interface);
    put_time(body, packet.at);
    put(body, static_cast<std::uint32_t>(packet.bytes.size()));  // captured
    put(body, static_cast<std::uint32_t>(packet.bytes.size()));  // on the wire
    body.insert(body.end(), packet.bytes.begin(), packet.bytes.end());
    pad(body);
    Bytes flags;
    put(flags, static_cast<std::uint32_t>(packet.direction));
    option(body, epb_flags, flags);
    for (std::string const& comment : packet.comments) {
        option(body, opt_comment, comment);
    }
    end_of_options(body);
    block(enhanced_packet, body);
}

void PcapngWriter::statistics(std::uint32_t interface, std::uint64_t at, std::vector<std::string> const& comments) {
    Bytes body;
    put(body, interface);
    put_time(body, at);
    for (std::string const& comment : comments) {
        option(body, opt_comment, comment);
    }
    end_of_options(body);
    block(interface_statistics, body);
}

void PcapngWriter::block(std::uint32_t type, Bytes const& body) {
    Bytes framed;
    auto const length = static_cast<std::uint32_t>(body.size() + 12);
    put(framed, type);
    put(framed, length);
    framed.insert(framed.end(), body.begin(), body.end());
    put(framed, length);  // again, so that a file can be read backwards
    out_->write(reinterpret_cast<char const*>(framed.data()), static_cast<std::streamsize>(framed.size()));
}

}  // namespace tcpsim::render
