tcpsim_test(test_sim_app sim/app LIBRARIES sim_world)
