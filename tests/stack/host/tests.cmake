tcpsim_test(test_stack_host stack/host LIBRARIES stack_host)
