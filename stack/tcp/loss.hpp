// After the retransmission timer: everything old counts as lost (RFC 5681 §3.1), unless it proves to have been spurious
// (RFC 5682, RFC 4015).
#pragma once

#include "stack/tcp/ack_news.hpp"
#include "stack/tcp/turn.hpp"

namespace tcpsim::tcp {

/// The retransmission timer expired: the loss phase begins, or begins again.
void enter_loss(Turn& turn);
/// What is marked lost is repeated at once, but no congestion was the cause: the window stays (Linux
/// tcp_non_congestion_loss_retransmit).
void repeat_lost_by_no_congestion(Turn& turn);
/// An ACK in the loss phase (Linux tcp_process_loss). True if what is lost may be repeated now; `send_new_first`: RFC 5682
/// §2.1 step 2b wants new text first.
bool go_on_after_timeout(Turn& turn, AckSegment const& said, AckNews const& news, bool& send_new_first);
/// All that was outstanding has been acknowledged: undone if it was superfluous; open again. True: held a little longer.
bool recovered(Turn& turn, AckSegment const& said);

}  // namespace tcpsim::tcp
