// Frames that Linux 6.18 put on a TAP device, byte for byte: 10.1.0.2 (02:…:02) talking to 10.1.0.3 (02:…:03).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tcpsim::wire::recorded {

/// The bytes of a hexadecimal text; blanks are ignored.
inline std::vector<std::uint8_t> bytes(std::string_view hex) {
    std::vector<std::uint8_t> result;
    unsigned value = 0;
    bool half = false;
    for (char const c : hex) {
        if (c == ' ') {
            continue;
        }
        value = value << 4U | static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
        if (half) {
            result.push_back(static_cast<std::uint8_t>(value));
        }
        half = !half;
    }
    return result;
}

inline constexpr std::string_view arp_request =
    "ffffffffffff 020000000002 0806 0001 0800 06 04 0001 020000000002 0a010002 000000000000 0a010003";
inline constexpr std::string_view udp =
    "020000000003 020000000002 0800 45000021 27304000 4011ff95 0a010002 0a010003 b0ee270e 000dcffe 68656c6c6f";
inline constexpr std::string_view tcp_syn =
    "020000000003 020000000002 0800 4500003c df424000 40064773 0a010002 0a010003"
    "aca0270e 0b536ba9 00000000 a002faf0 e5950000 020405b4 0402080a 00910834 00000000 0103030a";
inline constexpr std::string_view tcp_ack =
    "020000000003 020000000002 0800 45000034 df434000 4006477a 0a010002 0a010003"
    "aca0270e 0b536baa 00001389 8010003f f7950000 0101080a 00910834 000003e8";
inline constexpr std::string_view tcp_data =
    "020000000003 020000000002 0800 45000039 df444000 40064774 0a010002 0a010003"
    "aca0270e 0b536baa 00001389 8018003f b3b60000 0101080a 00910834 000003e8 68656c6c6f";
inline constexpr std::string_view tcp_sack =
    "020000000003 020000000002 0800 45000040 df454000 4006476c 0a010002 0a010003"
    "aca0270e 0b536baf 00001389 b010003f 9a580000 0101080a 00910834 000003e8 0101050a 0000138e 00001393";
inline constexpr std::string_view tcp_reset =
    "020000000003 020000000002 0800 45000028 00004000 400626ca 0a010002 0a010003"
    "00079c40 00000000 0000004e 50140000 ff340000";
inline constexpr std::string_view icmp_port_unreachable =
    "020000000003 020000000002 0800 45c0003b 61b20000 4001044a 0a010002 0a010003"
    "03039c47 00000000 4500001f 00004000 401126c8 0a010003 0a010002 9c400007 000b0000 616263";
inline constexpr std::string_view icmp_echo_reply =
    "020000000003 020000000002 0800 45000020 61b30000 40010524 0a010002 0a010003 0000212c 00010002 70696e67";
inline constexpr std::string_view last_fragment =
    "020000000003 020000000002 0800 45000015 275900b9 40113ec0 0a010002 0a010003 78";

inline constexpr std::string_view all[] = {
    arp_request,     udp,           tcp_syn, tcp_ack, tcp_data, tcp_sack, tcp_reset, icmp_port_unreachable,
    icmp_echo_reply, last_fragment,
};

}  // namespace tcpsim::wire::recorded
