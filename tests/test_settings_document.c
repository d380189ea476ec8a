/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a settings document may look like, what is said of one that may not, and
 * what is said about names that do nothing.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "settings_document.h"

#define KEY "custom_lua_script"

/* A document that says one thing of the check KEY. */
#define SAYING(members) "{'config':{'flow':{'" KEY "':{'all':{" members "}}}}}"

/* JSON is written with ' for ", to be legible. Free it. */
static char *to_json(const char *text)
{
    char *json = strdup(text);

    for (char *quote = json; (quote = strchr(quote, '\'')) != NULL;)
        *quote = '"';
    return json;
}

static struct settings *parse(const char *text, struct text_error *err)
{
    char *json = to_json(text);

    return settings_parse("FILE", json, strlen(json), err);
}

static struct settings *parse_good(const char *text)
{
    struct text_error err = { "" };
    struct settings *settings = parse(text, &err);

    ck_assert_msg(settings != NULL, "%s", err.text);
    return settings;
}

/* Its path is named, and its fault. */
static void expect_refused(const char *text, const char *fault)
{
    struct text_error err = { "" };

    ck_assert_msg(parse(text, &err) == NULL, "%s", text);
    ck_assert_msg(strncmp(err.text, "FILE: ", 6) == 0, "%s", err.text);
    ck_assert_msg(strstr(err.text, fault) != NULL, "%s\nnot\n%s", err.text,
                  fault);
}

static void expect_bytes_refused(const char *bytes, size_t len,
                                 const char *fault)
{
    struct text_error err = { "" };
    char *text = calloc(1, len + 1);

    memcpy(text, bytes, len);
    ck_assert_ptr_null(settings_parse("FILE", text, len, &err));
    ck_assert_msg(strstr(err.text, fault) != NULL, "%s\nnot\n%s", err.text,
                  fault);
}

static void expect_conf(const char *document, const char *expected)
{
    struct settings *settings = parse_good(document);
    char *wanted = to_json(expected);
    char *conf = settings_script_conf(settings, KEY);

    ck_assert_str_eq(conf, wanted);
    free(conf);
    free(wanted);
    settings_free(settings);
}

/* --- What it says -------------------------------------------------------- */

static void expect_enabled(const char *document, bool enabled)
{
    struct settings *settings = parse_good(document);

    ck_assert_msg(settings_enabled(settings, KEY) == enabled, "%s", document);
    ck_assert(!settings_enabled(settings, "unnamed"));
    settings_free(settings);
}

START_TEST(a_check_is_on_when_the_document_says_so)
{
    expect_enabled(SAYING("'enabled':true"), true);
    expect_enabled(SAYING("'enabled':false"), false);
    expect_enabled(SAYING("'en\\u0061bled':true"), true);
    expect_enabled("\xEF\xBB\xBF" SAYING("'enabled':true"), true);
    expect_enabled(SAYING("'enabled':true,'enabled':false"), false);
}
END_TEST

START_TEST(empty_tables_may_be_written_as_arrays_or_left_out)
{
    static const char *const documents[] = {
        "{}",
        "[]",
        "{'filters':[]}",
        "{'config':[]}",
        "{'config':{'flow':[]}}",
        "{'config':{'flow':{'" KEY "':[]}}}",
        "{'config':{'flow':{'" KEY "':{'all':[]}}}}",
        SAYING("'script_conf':[]"),
        SAYING("'script_conf':{}"),
        SAYING("'script_conf':[ \n ]"),
    };

    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        expect_enabled(documents[i], false);
        expect_conf(documents[i], "{}");
    }
}
END_TEST

START_TEST(a_name_with_a_nul_behind_it_is_another_name)
{
    expect_enabled(SAYING("'enabled\\u0000':true"), false);
    expect_enabled("{'config':{'flow\\u0000':{'" KEY
                   "':{'all':{'enabled':true}}}}}",
                   false);
    expect_enabled("{'config':{'flow':{'" KEY
                   "\\u0000':{'all':{'enabled':true}}}}}",
                   false);
}
END_TEST

START_TEST(a_script_conf_is_handed_over_byte_for_byte)
{
#define CONF                                                            \
    "{ 'a' : '\\/b',\n\t'n': [18446744073709551616, 2.50, 1.0e5,-0],\n" \
    "'a': '\\ud800', 'script\\u0000' :1, 'script':'x' }"
    expect_conf(SAYING("'script_conf' : " CONF " "), CONF);
}
END_TEST

/* --- What is refused ----------------------------------------------------- */

START_TEST(a_malformed_document_names_line_and_column)
{
    expect_refused("", "line 1, column 1: the text ends; expected a value");
    expect_refused(" \n ", "line 2, column 2: the text ends");
    expect_refused("{\n  'a': tru\n}", "line 2, column 11: expected true");
    expect_refused("{\n\n'a' {}}", "line 3, column 5: expected a colon");
    expect_refused("{a:{}}", "line 1, column 2: expected a key in double");
    expect_refused("{'a':[1,]}", "line 1, column 9: expected a value");
    expect_refused("{'a':{},}", "line 1, column 9: expected a key in double");
    expect_refused("{'a':1 'b'}", "line 1, column 8: expected a comma, or }");
    expect_refused("{'a':\n'abc", "line 2, column 5: the text ends");
    expect_refused("{'a':{\n", "line 2, column 1: the text ends");
    expect_refused("{'a':\n'b\xFF'}", "line 2, column 3: expected UTF-8");
    expect_refused("{'a':01}", "line 1, column 7: expected no further digit");
    expect_refused("{'a':'\t'}", "line 1, column 7: expected a closing");
    expect_refused("{'a':'\\q'}", "line 1, column 8: expected one of");
    /* Columns count characters, not bytes, and no byte order mark. */
    expect_refused("{'\xC3\xA9\xE2\x82\xAC': x}", "line 1, column 8: ");
    expect_refused("\xEF\xBB\xBF{x}", "line 1, column 2: ");
    expect_refused("\xEF\xBB\xBF{'config':1}", "line 1, column 11: ");
    expect_refused("\xEF\xBB\xBF\xEF\xBB\xBF{}", "line 1, column 1: ");
}
END_TEST

START_TEST(what_other_languages_write_is_named)
{
    struct text_error err;

    ck_assert_ptr_null(settings_parse("FILE", strdup("{'a':1}"), 7, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "strings stand in double quotes"));
    expect_refused("// no\n{}", "JSON has no comments");
    expect_refused("{'a':NaN}", "NaN and None are not JSON: write null");
    expect_refused("{'a':Infinity}", "infinity is not a JSON number");
    expect_refused("{'a':-Infinity}", "infinity is not a JSON number");
    expect_refused("{'a':True}", "true, false and null");
}
END_TEST

START_TEST(only_white_space_may_follow_the_document)
{
    settings_free(parse_good("{} \t\r\n\n"));
    expect_refused("{}\n{}", "line 2, column 1: expected nothing after");
    expect_refused("{}}", "line 1, column 3: ");
}
END_TEST

START_TEST(nul_bytes_end_no_document)
{
    expect_bytes_refused("{}\0{", 4, "line 1, column 3: expected nothing");
    expect_bytes_refused("{}\0", 3, "line 1, column 3: expected nothing");
    expect_bytes_refused("{\"a\0\":1}", 8, "line 1, column 4: ");
}
END_TEST

START_TEST(what_is_nested_too_deeply_is_refused)
{
    char text[200] = "{'filters':";

    memset(text + strlen(text), '[', 100);
    expect_refused(text, "line 1, column 43: expected no more than 32");
}
END_TEST

START_TEST(a_value_of_the_wrong_type_is_named_by_its_key_and_place)
{
    expect_refused("null", "column 1: the document must be an object");
    expect_refused("[1]", ": the document must be an object");
    expect_refused("{'config':null}", "column 11: config must be an object");
    expect_refused("{'config':[1]}", ": config must be an object");
    expect_refused("{'config':\n{'flow':true}}",
                   "line 2, column 9: config.flow must be an object");
    expect_refused("{'config':{'flow':{'a':{},\n'x':1}}}",
                   "line 2, column 5: config.flow.x must be an object");
    expect_refused("{'config':{'flow':{'x':{'all':'yes'}}}}",
                   "config.flow.x.all must be an object");
    expect_refused(SAYING("'script_conf':[0]"),
                   "config.flow." KEY ".all.script_conf must be an object");
    expect_refused("{'config':{'flow':{'enabled':true}}}",
                   "\"enabled\" belongs in config.flow.KEY.all");
}
END_TEST

START_TEST(enabled_must_be_true_or_false)
{
    static const char fault[] = KEY ".all.enabled must be true or false";

    expect_refused(SAYING("'enabled':1"), fault);
    expect_refused(SAYING("'enabled':'true'"), fault);
    expect_refused(SAYING("'enabled':null"), fault);
    expect_refused(SAYING("'enabled':[]"), fault);
}
END_TEST

/* --- Names that do nothing ----------------------------------------------- */

struct told {
    char text[8192]; /* a line each */
    size_t lines;
};

/* FC_KEY_MAX bytes: no key of a check is longer. */
#define LONGEST_KEY                    \
    "a234567890123456789012345678901_" \
    "b234567890123456789012345678901_"

static const char *get_key(void *context, size_t number)
{
    static const char *const keys[] = { KEY, "big_flows", LONGEST_KEY, NULL };

    (void)context;
    return keys[number];
}

static void note(void *context, const char *text)
{
    struct told *told = context;

    ck_assert_uint_lt(strlen(told->text) + strlen(text) + 2, sizeof told->text);
    strcat(strcat(told->text, text), "\n");
    told->lines++;
}

static size_t review(const char *document, struct told *told)
{
    struct settings *settings = parse_good(document);
    const struct settings_review asked = {
        "FILE", "DIR", get_key, note, told,
    };
    size_t mistakes;

    *told = (struct told){ .lines = 0 };
    mistakes = settings_review(settings, &asked);
    settings_free(settings);
    return mistakes;
}

/* One sentence about a document, which has so many mistakes. */
static void expect_told(const char *document, const char *expected,
                        size_t mistakes)
{
    struct told told;
    size_t found = review(document, &told);

    ck_assert_msg(told.lines == 1 && strstr(told.text, expected) != NULL,
                  "%s\nnot\n%s", told.text, expected);
    ck_assert_msg(found == mistakes, "%s", told.text);
}

static const char *const quiet_documents[] = {
    "{}",
    "[]",
    "{'id':0,'name':'Default','config':[],'filters':{'anything':1}}",
    SAYING("'enabled':true,'script_conf':{'anything':1}"),
    "{'config':{'host':{'x':1},'interface':[],'network':{},'system':{},"
    "'snmp_device':{},'syslog':{},'flow':{'big_flows':{'all':{}}}}}",
    "{'config':{'flow':{'" KEY "':{'all':{},'protocolDetected':{}}}}}",
    "{'config':{'flow':{'" LONGEST_KEY "':{'all':{'enabled':true}}}}}",
};

START_TEST(names_of_ours_and_of_ntopng_are_known)
{
    struct told told;

    ck_assert_uint_eq(review(quiet_documents[_i], &told), 0);
    ck_assert_str_eq(told.text, "");
}
END_TEST

#define LEVEL "config.flow." KEY

static const struct {
    const char *document, *told;
} mistakes[] = {
    { "{'confg':{}}",
      "FILE: line 1, column 2: \"confg\" in the document does nothing: did you "
      "mean \"config\"?" },
    { "{'Config':{}}", "did you mean \"config\"?" },
    { "{'config':\n {'flows':{}}}",
      "line 2, column 3: \"flows\" in config does nothing: did you mean "
      "\"flow\"?" },
    { "{'config':{'folw':{}}}", "did you mean \"flow\"?" },
    { "{'config':{'flow':{'custom_lua_scrpit':{'all':{'enabled':true}}}}}",
      "\"custom_lua_scrpit\" in config.flow does nothing: did you mean \"" KEY
      "\"?" },
    { "{'config':{'flow':{'BIG_FLOWS':{}}}}", "did you mean \"big_flows\"?" },
    { "{'config':{'flow':{'a23456789012345678901234567890_1"
      "b234567890123456789012345678901_':{}}}}",
      "did you mean \"" LONGEST_KEY "\"?" },
    { "{'config':{'flow':{'" KEY "':{'al':{'enabled':true}}}}}",
      "\"al\" in " LEVEL " does nothing: did you mean \"all\"?" },
    { SAYING("'enabeld':true"),
      "\"enabeld\" in " LEVEL ".all does nothing: did you mean \"enabled\"?" },
    { SAYING("'enable':true"), "did you mean \"enabled\"?" },
    { SAYING("'scriptConf':{}"), "did you mean \"script_conf\"?" },
    { SAYING("'script-conf':{}"), "did you mean \"script_conf\"?" },
    { SAYING("'script':'/x.lua'"),
      "\"script\" in " LEVEL ".all does nothing: what is looked at there is "
      "\"enabled\" and \"script_conf\"" },
    { "{'config':{'flow':{'" KEY "':{'enabled':true}}}}",
      "\"enabled\" in " LEVEL " does nothing: it belongs in " LEVEL ".all" },
    { "{'config':{'flow':{'" KEY "':{'enabeld':true}}}}",
      "did you mean \"enabled\"? It belongs in " LEVEL ".all" },
    { "{'config':{'flow':{'" KEY "':{'every':{'enabled':true}}}}}",
      "\"every\" in " LEVEL
      " does nothing: what is looked at there is \"all\"" },
    { "{'config':{'flow':{'all':{'enabled':true}}}}",
      "\"all\" in config.flow does nothing: it belongs in config.flow.KEY" },
    { "{'config':{'enabled':true}}",
      "\"enabled\" in config does nothing: it belongs in config.flow.KEY.all" },
    { "{'config':{'" KEY "':{'all':{'enabled':true}}}}",
      "\"" KEY "\" in config does nothing: it belongs in config.flow" },
    { "{'" KEY "':{'all':{'enabled':true}}}",
      "\"" KEY "\" in the document does nothing: it belongs in config.flow" },
    { "{'flow':{'" KEY "':{'all':{'enabled':true}}}}",
      "\"flow\" in the document does nothing: it belongs in config" },
    { "{'config':{'config':{'flow':{}}}}",
      "\"config\" in config does nothing: it belongs in the document itself" },
};

START_TEST(a_misspelt_or_misplaced_name_is_a_mistake)
{
    expect_told(mistakes[_i].document, mistakes[_i].told, 1);
}
END_TEST

START_TEST(an_unknown_name_is_reported)
{
    expect_told("{'mine':{}}",
                "\"mine\" in the document does nothing: what is looked at "
                "there is \"config\" and \"filters\"",
                0);
    expect_told("{'config':{'flow\\u0000':{}}}", "\"flow\\u0000\" in config",
                0);
    expect_told("{'config':{'\\ud800':{}}}", "\"\\ud800\" in config", 0);
}
END_TEST

START_TEST(a_name_given_twice_is_reported_with_the_one_that_counts)
{
    expect_told("{'config':{},\n'config':{}}",
                "line 2, column 1: \"config\" in the document was given "
                "before: only this last one counts",
                0);
    expect_told(SAYING("'enabled':true,\n'enabled':false"),
                "line 2, column 1: \"enabled\" in " LEVEL ".all was given", 0);
    expect_told("{'config':{'flow':{'" KEY "':{},\n'" KEY "':{}}}}",
                "line 2, column 1: \"" KEY "\" in config.flow was given", 0);
    expect_told(SAYING("'script_conf':{},'script_conf':[]"),
                "\"script_conf\" in " LEVEL ".all was given", 0);
}
END_TEST

START_TEST(checks_that_only_ntopng_has_take_one_line)
{
    char document[8192] = "{'config':{'flow':{'" KEY "':{}";

    expect_told("{'config':{'flow':{'other':{'x':1}}}}",
                "FILE names the check \"other\", which no module in DIR has",
                0);
    expect_told("{'config':{'flow':{'one':{},'two':{}}}}",
                "FILE names the checks \"one\" and \"two\", which no module",
                0);
    for (int i = 0; i < 90; i++)
        sprintf(document + strlen(document),
                ",'ndpi_%d':{'all':{'enabled':true,'script_conf':[]}}", i);
    strcat(document, "}}}");
    expect_told(document,
                "FILE names 90 checks, such as \"ndpi_0\", \"ndpi_1\" and "
                "\"ndpi_2\", which no module in DIR has",
                0);
}
END_TEST

/* So many names are reported in eight lines, and a last one about the rest. */
static void expect_flood(int names, const char *last)
{
    char document[8192] = "{'0':1";
    struct told told;

    for (int i = 1; i < names; i++)
        sprintf(document + strlen(document), ",'%d':1", i);
    strcat(document, "}");
    ck_assert_uint_eq(review(document, &told), 0);
    ck_assert_uint_eq(told.lines, 9);
    ck_assert_ptr_nonnull(strstr(told.text, last));
}

START_TEST(a_flood_of_names_takes_a_few_lines)
{
    expect_flood(301, "FILE: 293 more names do nothing");
    expect_flood(9, "FILE: 1 more name does nothing");
}
END_TEST

START_TEST(a_name_of_any_length_and_kind_can_be_reported)
{
    char document[8192] = "{'config':{'flow':{'";
    struct told told;

    memset(document + strlen(document), 'x', 4000);
    strcat(document, "':{}},'");
    memset(document + strlen(document), '\\', 4000 - 2000);
    strcat(document, "':{}}}");
    ck_assert_uint_eq(review(document, &told), 0);
    ck_assert_uint_eq(told.lines, 2);
    ck_assert_uint_lt(strlen(told.text), 1000);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static void add_reading_tests(TCase *tests)
{
    tcase_add_test(tests, a_check_is_on_when_the_document_says_so);
    tcase_add_test(tests, empty_tables_may_be_written_as_arrays_or_left_out);
    tcase_add_test(tests, a_name_with_a_nul_behind_it_is_another_name);
    tcase_add_test(tests, a_script_conf_is_handed_over_byte_for_byte);
    tcase_add_test(tests, a_malformed_document_names_line_and_column);
    tcase_add_test(tests, what_other_languages_write_is_named);
    tcase_add_test(tests, only_white_space_may_follow_the_document);
    tcase_add_test(tests, nul_bytes_end_no_document);
    tcase_add_test(tests, what_is_nested_too_deeply_is_refused);
    tcase_add_test(tests,
                   a_value_of_the_wrong_type_is_named_by_its_key_and_place);
    tcase_add_test(tests, enabled_must_be_true_or_false);
}

static void add_review_tests(TCase *tests)
{
    tcase_add_loop_test(tests, names_of_ours_and_of_ntopng_are_known, 0,
                        ROWS(quiet_documents));
    tcase_add_loop_test(tests, a_misspelt_or_misplaced_name_is_a_mistake, 0,
                        ROWS(mistakes));
    tcase_add_test(tests, an_unknown_name_is_reported);
    tcase_add_test(tests,
                   a_name_given_twice_is_reported_with_the_one_that_counts);
    tcase_add_test(tests, checks_that_only_ntopng_has_take_one_line);
    tcase_add_test(tests, a_flood_of_names_takes_a_few_lines);
    tcase_add_test(tests, a_name_of_any_length_and_kind_can_be_reported);
}

int main(void)
{
    Suite *suite = suite_create("settings_document");
    TCase *tests = tcase_create("settings_document");

    suite_add_tcase(suite, tests);
    add_reading_tests(tests);
    add_review_tests(tests);
    return run_suite(suite);
}
