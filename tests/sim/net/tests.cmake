tcpsim_test(test_sim_net sim/net LIBRARIES sim_net rapidcheck)
