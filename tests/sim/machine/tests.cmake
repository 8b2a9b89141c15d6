tcpsim_test(test_sim_machine sim/machine LIBRARIES sim_world)
