tcpsim_test(test_sim_replay sim/replay LIBRARIES sim_replay)
