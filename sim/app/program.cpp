// A machine's program that is a coroutine.
#include "sim/app/process.hpp"

#include <memory>
#include <utility>

namespace tcpsim::app {

namespace {

class CoroutineProgram final : public machine::Program {
  public:
    CoroutineProgram(machine::Process& kernel, Main main, Handlers handlers)
        : process_{kernel, std::move(handlers)}, main_{std::move(main)} {}

    std::optional<std::int32_t> resume(net::Context& context) override { return process_.run(task_, context); }

  private:
    Process process_;
    Main main_;                     // a frame may refer to the values it carries
    Task<> task_{main_(process_)};  // declared last: frames go before what they refer to
};

}  // namespace

machine::ProgramFactory coroutine_program(Main main, Handlers handlers) {
    return [main = std::move(main),
            handlers = std::move(handlers)](machine::Process& kernel) -> std::unique_ptr<machine::Program> {
        return std::make_unique<CoroutineProgram>(kernel, main, handlers);
    };
}

}  // namespace tcpsim::app
