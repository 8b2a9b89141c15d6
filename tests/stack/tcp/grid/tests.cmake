tcpsim_test(test_stack_tcp_grid stack/tcp/grid LIBRARIES stack_socket)
target_sources(test_stack_tcp_grid PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/support/dialogue.cpp)
