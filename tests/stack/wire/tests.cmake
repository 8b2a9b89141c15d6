tcpsim_test(test_stack_wire stack/wire LIBRARIES stack_wire rapidcheck)
