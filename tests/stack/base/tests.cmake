tcpsim_test(test_stack_base stack/base LIBRARIES stack_base rapidcheck)
