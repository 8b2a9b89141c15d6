#include "sim/packet_script/shell.hpp"

#include "sim/packet_script/cursor.hpp"
#include "sim/packet_script/verdict.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tcpsim::packet_script {

namespace {

/// A pipeline: commands, each a list of words without quotes. Redirections are words, too.
using Words = std::vector<std::string>;
using Pipeline = std::vector<Words>;

/// Splits a text as a shell does, as far as scripts need it: quotes, continued lines, ; && || | and newlines.
class Splitter {
  public:
    explicit Splitter(std::string const& text) : text_{text} {}

    std::vector<Pipeline> run() {
        while (at_ < text_.size()) {
            next();
        }
        end_pipeline();
        return std::move(pipelines_);
    }

  private:
    void next() {
        char const c = text_[at_];
        std::string_view const rest = std::string_view{text_}.substr(at_);
        if (rest.starts_with("\\\n")) {
            at_ += 2;
        } else if (c == '"' || c == '\'') {
            std::size_t const close = std::min(text_.find(c, at_ + 1), text_.size());
            word_ += text_.substr(at_ + 1, close - at_ - 1);
            in_word_ = true;
            at_ = std::min(close + 1, text_.size());
        } else if (c == '#' && !in_word_) {
            at_ = std::min(text_.find('\n', at_), text_.size());
        } else if (rest.starts_with("&&") || rest.starts_with("||")) {
            end_pipeline();
            at_ += 2;
        } else if (c == ';' || c == '\n') {
            end_pipeline();
            ++at_;
        } else if (c == '|') {
            end_command();
            ++at_;
        } else {
            c == ' ' || c == '\t' ? end_word() : add(c);
            ++at_;
        }
    }
    void add(char c) {
        word_ += c;
        in_word_ = true;
    }
    void end_word() {
        if (in_word_) {
            words_.push_back(std::move(word_));
        }
        word_.clear();
        in_word_ = false;
    }
    void end_command() {
        end_word();
        if (!words_.empty()) {
            pipeline_.push_back(std::move(words_));
        }
        words_.clear();
    }
    void end_pipeline() {
        end_command();
        if (!pipeline_.empty()) {
            pipelines_.push_back(std::move(pipeline_));
        }
        pipeline_.clear();
    }

    std::string const& text_;
    std::size_t at_{0};
    std::string word_{};
    bool in_word_{false};
    Words words_{};
    Pipeline pipeline_{};
    std::vector<Pipeline> pipelines_{};
};

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// net.ipv4.tcp_sack, net/ipv4/tcp_sack and /proc/sys/net/ipv4/tcp_sack are tcp_sack; other systems' names stay whole.
std::string setting_name(std::string name) {
    std::replace(name.begin(), name.end(), '/', '.');
    for (std::string_view const prefix : {".proc.sys.net.ipv4.", "net.ipv4.", ".proc.sys.net.core.", "net.core."}) {
        if (name.starts_with(prefix)) {
            return name.substr(prefix.size());
        }
    }
    return name;
}

SetSetting setting_of(std::string const& assignment) {
    std::size_t const equals = assignment.find('=');
    if (equals == std::string::npos) {
        unsupported("reading a setting: " + assignment);
    }
    return {setting_name(assignment.substr(0, equals)), assignment.substr(equals + 1)};
}

/// What google's set-up script for all its scripts sets (its defaults.sh).
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> google_defaults{{
    {"tcp_rmem", "4096 540000 15728640"},
    {"tcp_wmem", "4096 262144 4194304"},
    {"tcp_timestamps", "1"},
    {"tcp_syn_retries", "5"},
    {"tcp_synack_retries", "5"},
    {"tcp_frto", "2"},
    {"tcp_sack", "1"},
    {"tcp_dsack", "1"},
    {"tcp_fack", "0"},
    {"tcp_reordering", "3"},
    {"tcp_congestion_control", "cubic"},
    {"tcp_slow_start_after_idle", "0"},
    {"tcp_early_retrans", "4"},
    {"tcp_recovery", "1"},
    {"tcp_tso_win_divisor", "3"},
    {"tcp_ecn", "0"},
    {"tcp_ecn_option", "2"},
    {"tcp_pacing_ss_ratio", "200"},
    {"tcp_pacing_ca_ratio", "120"},
    {"tcp_notsent_lowat", "4294967295"},
    {"tcp_fastopen", "0x70403"},
    {"tcp_fastopen_key", "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"},
    {"tcp_syncookies", "1"},
    {"tcp_min_tso_segs", "2"},
}};

/// The value of dd's NAME=…; empty if it has none.
std::string operand(Words const& words, std::string const& name) {
    for (std::string const& word : words) {
        if (word.starts_with(name + "=")) {
            return word.substr(name.size() + 1);
        }
    }
    return {};
}

class Reader {
  public:
    std::vector<ShellAction> run(std::string const& text) {
        for (Pipeline const& pipeline : Splitter{text}.run()) {
            read(pipeline);
        }
        return std::move(actions_);
    }

  private:
    void read(Pipeline const& pipeline) {
        Words const& words = pipeline.front();
        std::string_view const name = base_name(words.front());
        if (name == "sysctl" || name == "set_sysctls.py") {
            for (std::size_t i = 1; i < words.size(); ++i) {
                if (words[i].find('=') != std::string::npos) {
                    actions_.emplace_back(setting_of(words[i]));
                }
            }
        } else if (name == "defaults.sh") {
            for (auto const& [setting, value] : google_defaults) {
                actions_.emplace_back(SetSetting{std::string{setting}, std::string{value}});
            }
        } else if (name == "sockstat" && pipeline.size() >= 3) {
            read_sockstat(pipeline);
        } else if (name == "tcpdrop" && words.size() == 3) {
            actions_.emplace_back(DropSockets{words[2]});
        } else if (name == "nstat") {
            if (pipeline.size() > 1) {
                actions_.emplace_back(CheckCounter{pipeline[1].at(1)});
            } else {
                actions_.emplace_back(ResetCounters{});
            }
        } else if (name == "sleep" && words.size() == 2 && seconds_of_text(words[1])) {
            actions_.emplace_back(Sleep{*seconds_of_text(words[1])});
        } else {
            read_files_and_devices(words, name);
        }
    }

    void read_files_and_devices(Words const& words, std::string_view name) {
        if (name == "tc" && std::find(words.begin(), words.end(), "limit") != words.end()) {
            unsupported("a queue before the device (tc … limit)");
        }
        bool const harmless =
            name.starts_with("sysctl_restore_") || name == "tc" || name == "rm" || name == "kldload" || name == "true";
        if (harmless) {
            return;  // nothing of it outlives the script, and no queue stands between the stack and the wire
        }
        if (name == "ethtool" && words.size() > 3 && words[1] == "-K") {
            actions_.emplace_back(SetOffload{std::find(words.begin(), words.end(), "off") == words.end()});
        } else if (name == "dd") {
            std::int64_t const size = integer_of(operand(words, "bs")).value_or(1);
            actions_.emplace_back(
                MakeFile{operand(words, "of"), size * integer_of(operand(words, "count")).value_or(1)});
        } else if (name == "ip" && words.size() > 2 && words[1] == "tcp_metrics" && words[2] == "flush") {
            actions_.emplace_back(FlushMetrics{});
        } else if (name == "grep" && words.size() > 2 && words[1] == " 0A ") {
            actions_.emplace_back(CountSockets{"LISTEN", 1, true});
        } else if (name == "echo" && words.size() == 4 && words[2] == ">") {
            actions_.emplace_back(SetSetting{std::string{base_name(words[3])}, words[1]});
        } else {
            unsupported("the shell command " + std::string{words.front()} +
                        (words.size() > 1 ? " " + words[1] : std::string{}));
        }
    }

    /// sockstat … | grep … | grep -c STATE | grep N
    void read_sockstat(Pipeline const& pipeline) {
        Words const& counting = pipeline[pipeline.size() - 2];
        auto const count = integer_of(pipeline.back().back());
        if (counting.size() != 3 || counting[1] != "-c" || !count) {
            unsupported("the shell command sockstat, but for grep -c STATE | grep NUMBER");
        }
        actions_.emplace_back(CountSockets{counting[2], static_cast<int>(*count), false});
    }

    std::vector<ShellAction> actions_{};
};

}  // namespace

std::vector<ShellAction> read_shell(std::string const& text) { return Reader{}.run(text); }

}  // namespace tcpsim::packet_script
