#include "unit.h"

#include "core/session/command.h"

START_TEST(every_command_is_found_by_its_name)
{
	for (int i = 0; i < COMMANDS; i++)
		ck_assert_int_eq(command_find(command_info[i].name), i);
	ck_assert_int_eq(command_find("/start"), -1);
	ck_assert_int_eq(command_find("Start"), -1);
	ck_assert_int_eq(command_find(""), -1);
}
END_TEST

START_TEST(readers_change_nothing)
{
	static const enum command readers[] = { CMD_STATUS, CMD_TASKS, CMD_SHOW,
		CMD_OUTPUT, CMD_DIFF, CMD_LOGS, CMD_HELP };
	int changing = 0;

	for (int i = 0; i < COMMANDS; i++)
		changing += command_info[i].changes;
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		ck_assert(!command_info[readers[i]].changes);
	ck_assert_int_eq(changing, COMMANDS - (int)ARRAY_SIZE(readers));
}
END_TEST

START_TEST(every_line_of_help_fits_a_phone)
{
	for (int i = 0; i < COMMANDS; i++) {
		ck_assert_uint_gt(strlen(command_info[i].help), 0);
		ck_assert_uint_le(strlen(command_info[i].help), 60);
	}
}
END_TEST

UNIT_MAIN("command", every_command_is_found_by_its_name, readers_change_nothing,
    every_line_of_help_fits_a_phone)
