tcpsim_test(test_stack_socket stack/socket LIBRARIES stack_socket)
