tcpsim_test(test_stack_tcp stack/tcp LIBRARIES stack_tcp rapidcheck)
target_sources(
  test_stack_tcp
  PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/support/dialogue.cpp ${CMAKE_CURRENT_SOURCE_DIR}/support/invariants.cpp
          ${CMAKE_CURRENT_SOURCE_DIR}/support/pair.cpp ${CMAKE_CURRENT_SOURCE_DIR}/support/wire.cpp)
