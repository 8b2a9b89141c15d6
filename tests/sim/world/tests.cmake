tcpsim_test(test_sim_world sim/world LIBRARIES sim_world)
