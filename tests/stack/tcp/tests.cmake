tcpsim_test(test_stack_tcp stack/tcp LIBRARIES stack_tcp rapidcheck)
target_sources(test_stack_tcp PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/support/dialogue.cpp)
