tcpsim_test(test_house house)
