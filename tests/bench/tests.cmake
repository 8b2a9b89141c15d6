# Benchmarks are programs; their smoke runs are tests, small enough for every build type.
add_library(bench_support STATIC ${CMAKE_CURRENT_SOURCE_DIR}/bench/bench.cpp)
target_link_libraries(bench_support PUBLIC sim_world PRIVATE tcpsim_options)

#   tcpsim_bench(bench_giveup giveup.cpp ARGUMENTS_OF_THE_SMOKE_RUN…)
function(tcpsim_bench name source)
  add_executable(${name} ${CMAKE_CURRENT_SOURCE_DIR}/bench/${source})
  target_link_libraries(${name} PRIVATE bench_support tcpsim_options)
  add_test(NAME ${name}_smoke COMMAND ${name} ${ARGN})
  set_tests_properties(${name}_smoke PROPERTIES LABELS quick PASS_REGULAR_EXPRESSION "^RESULT name=")
endfunction()

tcpsim_bench(bench_giveup giveup.cpp --n 3 --digest)
tcpsim_bench(bench_bulk bulk.cpp --bytes 1000000 --digest)
