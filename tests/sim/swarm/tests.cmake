tcpsim_test(test_sim_swarm sim/swarm LIBRARIES sim_topology LABELS all)
