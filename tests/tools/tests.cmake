tcpsim_test(test_tools_render tools/render LIBRARIES tools_render)

# These drive the program that was built, and read its captures with tshark.
tcpsim_test(test_tools_tcpsim tools/tcpsim LIBRARIES nlohmann_json::nlohmann_json)
target_compile_features(test_tools_tcpsim PRIVATE cxx_std_20)

# main() as it is, over commands that fail.
add_executable(broken_command ${CMAKE_CURRENT_LIST_DIR}/broken_command/commands.cpp
               ${PROJECT_SOURCE_DIR}/tools/tcpsim/main.cpp ${PROJECT_SOURCE_DIR}/tools/tcpsim/replay.cpp)
target_link_libraries(broken_command PRIVATE sim_scenario tcpsim_options)

add_dependencies(test_tools_tcpsim tcpsim broken_command)
set_tests_properties(test_tools_tcpsim PROPERTIES ENVIRONMENT
                     "TCPSIM=$<TARGET_FILE:tcpsim>;BROKEN_COMMAND=$<TARGET_FILE:broken_command>")
