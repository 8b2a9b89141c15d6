// TCP_MD5SIG (tcp(7)): the keys of RFC 2385's signatures, by the peer's address.
#include "stack/socket/sockets.hpp"

namespace tcpsim::socket {
namespace {

constexpr std::size_t longest_key = 80;  // TCP_MD5SIG_MAXKEYLEN

}  // namespace

Result<Done> Sockets::set_md5_key(FileId file, wire::Ipv4Address peer, std::string const& key) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (key.size() > longest_key) {
        return Errno::einval;
    }
    if (auto* unbound = std::get_if<Unbound>(&f->what)) {
        unbound->options.md5_keys[peer] = key;
    } else if (auto* listening = std::get_if<Listening>(&f->what)) {
        listening->options.md5_keys[peer] = key;
        host_->set_md5_key(listening->id, peer, key);
    } else if (auto const* connected = std::get_if<Connected>(&f->what)) {
        host_->set_md5_key(connected->id, peer, key);
    }
    return Done{};
}

}  // namespace tcpsim::socket
