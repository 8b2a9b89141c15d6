tcpsim_test(test_sim_swarm sim/swarm LIBRARIES sim_topology LABELS all)
target_sources(test_sim_swarm PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/support/invariants.cpp)
