tcpsim_test(test_fuzz_wire fuzz/wire LIBRARIES stack_wire)

if(TCPSIM_FUZZ)
  # What is fuzzed tells the fuzzer which branches it took.
  foreach(layer stack_base stack_wire)
    target_compile_options(${layer} PRIVATE -fsanitize=fuzzer-no-link)
  endforeach()
  add_executable(wire_fuzz ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/wire_fuzz.cpp)
  target_link_libraries(wire_fuzz PRIVATE stack_wire tcpsim_options)
  target_compile_options(wire_fuzz PRIVATE -fsanitize=fuzzer)
  target_link_options(wire_fuzz PRIVATE -fsanitize=fuzzer)
endif()
