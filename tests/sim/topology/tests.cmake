tcpsim_test(test_sim_topology sim/topology LIBRARIES sim_topology rapidcheck)
