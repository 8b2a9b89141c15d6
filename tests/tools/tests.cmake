tcpsim_test(test_tools_render tools/render LIBRARIES tools_render)

# These drive the program that was built, and read its captures with tshark.
tcpsim_test(test_tools_tcpsim tools/tcpsim LIBRARIES nlohmann_json::nlohmann_json)
add_dependencies(test_tools_tcpsim tcpsim)
target_compile_features(test_tools_tcpsim PRIVATE cxx_std_20)
set_tests_properties(test_tools_tcpsim PROPERTIES ENVIRONMENT "TCPSIM=$<TARGET_FILE:tcpsim>")
