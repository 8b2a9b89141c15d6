#include "stack/base/md5.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace tcpsim;

namespace {

std::span<std::uint8_t const> bytes_of(std::string_view text) {
    return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
}

std::string hex(Md5Digest const& digest) {
    std::string text;
    for (std::uint8_t const byte : digest) {
        text += "0123456789abcdef"[byte >> 4U];
        text += "0123456789abcdef"[byte & 15U];
    }
    return text;
}

std::string md5(std::string_view text) {
    Md5 hash;
    hash.add(bytes_of(text));
    return hex(hash.digest());
}

}  // namespace

TEST_CASE("RFC 1321 §A.5: the test suite") {
    CHECK(md5("") == "d41d8cd98f00b204e9800998ecf8427e");
    CHECK(md5("a") == "0cc175b9c0f1b6a831c399e269772661");
    CHECK(md5("abc") == "900150983cd24fb0d6963f7d28e17f72");
    CHECK(md5("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
    CHECK(md5("abcdefghijklmnopqrstuvwxyz") == "c3fcd3d76192e4007dfb496cca67e13b");
    CHECK(md5("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == "d174ab98d277d9f5a5611c2c9f419d9f");
    CHECK(md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890") ==
          "57edf4a22be3c955ac49da2e2107b67a");
}

TEST_CASE("RFC 1321 §3.1: the digest does not depend on how the text was cut, whatever its length is modulo a block") {
    for (std::size_t length = 0; length <= 130; ++length) {
        CAPTURE(length);
        std::string text;
        for (std::size_t i = 0; i < length; ++i) {
            text += static_cast<char>('a' + i % 26);
        }
        Md5 apart;
        for (char const& letter : text) {
            apart.add(bytes_of({&letter, 1}));
        }
        CHECK(hex(apart.digest()) == md5(text));
    }
}

TEST_CASE("RFC 1321 §3.1: padding where it just fits into a block, and where it does not (55, 56, 63, 64 octets)") {
    CHECK(md5(std::string(55, 'a')) == "ef1772b6dff9a122358552954ad0df65");
    CHECK(md5(std::string(56, 'a')) == "3b0c8ac703f828b04c6c197006d17218");
    CHECK(md5(std::string(63, 'a')) == "b06521f39153d618550606be297466d5");
    CHECK(md5(std::string(64, 'a')) == "014842d480b571495a4a0363793f7367");
}
