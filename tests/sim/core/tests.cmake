tcpsim_test(test_sim_core sim/core LIBRARIES sim_core rapidcheck)
