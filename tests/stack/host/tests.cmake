tcpsim_test(test_stack_host stack/host LIBRARIES stack_host)
target_sources(test_stack_host PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/support/host_bench.cpp)
