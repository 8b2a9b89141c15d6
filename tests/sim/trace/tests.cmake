tcpsim_test(test_sim_trace sim/trace LIBRARIES sim_trace)
