/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What host/settings.h promises of the file: what is opened, and that an edit
 * loses nothing, whenever it is interrupted.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <json.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run_suite.h"
#include "settings.h"

#define KEY "custom_lua_script"

/* A document that says one thing of the check KEY. */
#define SAYING(members) "{'config':{'flow':{'" KEY "':{'all':{" members "}}}}}"

/* --- A directory for each test ------------------------------------------- */

static char directory[PATH_MAX / 4];
static char file[PATH_MAX / 2]; /* the document in it */
static char beside[PATH_MAX];   /* another name in it */

static void make_directory(void)
{
    const char *parent = getenv("TMPDIR");

    snprintf(directory, sizeof directory, "%s/test_settings.XXXXXX",
             parent != NULL ? parent : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(file, sizeof file, "%s/settings.json", directory);
    snprintf(beside, sizeof beside, "%s/beside.json", directory);
}

static void remove_directory(void)
{
    remove(beside);
    remove(file);
    ck_assert_int_eq(rmdir(directory), 0); /* a test left a file behind */
}

/* --- Documents ----------------------------------------------------------- */

/* JSON is written with ' for ", to be legible. Lives until the next call. */
static const char *to_json(const char *text)
{
    static char json[4096];

    snprintf(json, sizeof json, "%s", text);
    for (char *quote = json; (quote = strchr(quote, '\'')) != NULL;)
        *quote = '"';
    return json;
}

static void write_bytes(const char *bytes, size_t len)
{
    FILE *to = fopen(file, "w");

    ck_assert_uint_eq(fwrite(bytes, 1, len, to), len);
    ck_assert_int_eq(fclose(to), 0);
}

static void write_document(const char *text)
{
    write_bytes(to_json(text), strlen(text));
}

static void expect_document(const char *expected)
{
    char text[4096];
    FILE *from = fopen(file, "r");

    text[fread(text, 1, sizeof text - 1, from)] = '\0';
    fclose(from);
    ck_assert_str_eq(text, to_json(expected));
}

/* As expect_document, whatever the white space. */
static void expect_same(const char *expected)
{
    struct json_object *found = json_object_from_file(file);
    struct json_object *wanted = json_tokener_parse(to_json(expected));

    ck_assert_str_eq(json_object_to_json_string(found),
                     json_object_to_json_string(wanted));
    json_object_put(found);
    json_object_put(wanted);
}

static struct settings *load(void)
{
    struct text_error err = { "" };
    struct settings *settings = settings_load(file, &err);

    ck_assert_msg(settings != NULL, "%s", err.text);
    return settings;
}

static bool is_enabled(const char *key)
{
    struct settings *settings = load();
    bool enabled = settings_enabled(settings, key);

    settings_free(settings);
    return enabled;
}

/* The file as it is must be refused, its path and its fault named. */
static void expect_file_refused(const char *fault)
{
    struct text_error err = { "" };

    ck_assert_msg(settings_load(file, &err) == NULL, "%s", fault);
    ck_assert_msg(strstr(err.text, file) != NULL, "%s", err.text);
    ck_assert_msg(strstr(err.text, fault) != NULL, "%s\nnot\n%s", err.text,
                  fault);
}

static void set(const char *path, const char *key, bool enabled)
{
    struct text_error err = { "" };

    ck_assert_msg(settings_set_enabled(path, key, enabled, &err) == 0, "%s",
                  err.text);
}

static void expect_edit_refused(const char *path, const char *fault)
{
    struct text_error err = { "" };

    ck_assert_int_eq(settings_set_enabled(path, KEY, true, &err), -1);
    ck_assert_msg(strstr(err.text, fault) != NULL, "%s", err.text);
}

/* Documents that say nothing, in all the ways there are. */
static const char *const empty_documents[] = {
    "{}",
    "[]",
    "{'config':[]}",
    "{'config':{'flow':[]}}",
    "{'config':{'flow':{'" KEY "':[]}}}",
    "{'config':{'flow':{'" KEY "':{'all':[]}}}}",
};
#define EMPTY_DOCUMENTS (sizeof empty_documents / sizeof *empty_documents)

/* --- Reading ------------------------------------------------------------- */

START_TEST(a_missing_file_gives_empty_settings)
{
    struct settings *settings = load();
    char *conf = settings_script_conf(settings, KEY);

    ck_assert(!settings_enabled(settings, KEY));
    ck_assert_str_eq(conf, "{}");
    free(conf);
    settings_free(settings);
    settings_free(NULL);
    ck_assert_int_ne(access(file, F_OK), 0);
}
END_TEST

START_TEST(a_missing_file_that_was_named_is_an_error)
{
    struct text_error err = { "" };

    ck_assert_ptr_null(settings_load_named(file, &err));
    ck_assert_ptr_nonnull(strstr(err.text, file));
    ck_assert_ptr_nonnull(strstr(err.text, strerror(ENOENT)));
    ck_assert_ptr_nonnull(strstr(err.text, "flowcheck enable KEY -c"));
    /* A link that leads nowhere is a missing file too. */
    ck_assert_int_eq(symlink("nowhere.json", beside), 0);
    ck_assert_ptr_null(settings_load_named(beside, &err));
    ck_assert_ptr_nonnull(strstr(err.text, beside));
    write_document("{}");
    settings_free(settings_load_named(file, &err));
}
END_TEST

/* Refused by readers and by editors. */
static void expect_both_refuse(const char *fault)
{
    expect_file_refused(fault);
    expect_edit_refused(file, fault);
}

START_TEST(nothing_but_a_plain_file_is_opened_and_nobody_waits)
{
    struct text_error err = { "" };

    ck_assert_int_eq(mkfifo(file, 0600), 0);
    expect_both_refuse("this is a named pipe");
    ck_assert_int_eq(symlink("settings.json", beside), 0);
    ck_assert_ptr_null(settings_load_named(beside, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "named pipe"));
    remove(file);
    ck_assert_int_eq(mkdir(file, 0700), 0);
    expect_both_refuse("this is a directory");
    ck_assert_ptr_null(settings_load("/dev/null", &err));
    ck_assert_ptr_nonnull(strstr(err.text, "this is a device"));
}
END_TEST

START_TEST(a_document_has_at_most_sixteen_megabytes)
{
    static char text[(16 << 20) + 1];

    memset(text, ' ', sizeof text);
    memcpy(text, "{}", 2);
    write_bytes(text, sizeof text - 1);
    settings_free(load());
    expect_edit_refused(file, "would grow beyond 16 MB");
    write_bytes(text, sizeof text);
    expect_both_refuse("16777217 bytes");
}
END_TEST

/* --- Editing ------------------------------------------------------------- */

START_TEST(a_check_can_be_switched_on_and_off_again)
{
    set(file, KEY, true);
    expect_same(SAYING("'enabled':true"));
    set(file, "other", true);
    set(file, KEY, false);
    ck_assert(!is_enabled(KEY));
    ck_assert(is_enabled("other"));
}
END_TEST

/*
 * A document with much that readers lose: numbers beyond 64 bits and as they
 * are written, a key with a NUL in it and the same without, half a surrogate
 * pair, keys given twice, blanks, no line end.
 */
#define RICH(enabled)                                                   \
    "{ 'first':[1,1.10,1.0e5,-7,18446744073709551616,null,''],\t'a':1," \
    "'a\\u0000x':2,'a\\u0000y':3,'a':4, 'config' : {'host':{'a\\/b':"   \
    "'\\ud800\\u20AC'},\r\n 'flow':{'zebra':{'all':{'enabled':true,"    \
    "'enabled':false},'x':[]},'" KEY "':{'all':{'note':{'deep':[{}]},"  \
    "'enabled' : " enabled " ,'script_conf':{'script\\u0000':'/x'}},"   \
    "'min':1},'ant':[]}},'filters':{'flow':[{'ip':'10.0.0.1'}]}} "

START_TEST(editing_keeps_everything_else_in_the_document)
{
    write_document(RICH("false"));
    set(file, KEY, true);
    expect_document(RICH("true"));
    set(file, KEY, false);
    expect_document(RICH("false"));
    write_document("\xEF\xBB\xBF" RICH("false"));
    set(file, KEY, true);
    expect_document("\xEF\xBB\xBF" RICH("true"));
}
END_TEST

START_TEST(a_new_document_is_laid_out_for_people)
{
    set(file, "x", false);
    expect_document("{\n  'config': {\n    'flow': {\n      'x': {\n"
                    "        'all': {\n          'enabled': false\n"
                    "        }\n      }\n    }\n  }\n}\n");
}
END_TEST

START_TEST(a_document_that_says_so_already_is_not_written)
{
    struct stat before, after;

    write_document(RICH("true"));
    ck_assert_int_eq(stat(file, &before), 0);
    set(file, KEY, true);
    ck_assert_int_eq(stat(file, &after), 0);
    ck_assert_uint_eq(after.st_ino, before.st_ino);
    ck_assert_int_eq(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
    expect_document(RICH("true"));
}
END_TEST

/* Of two values one may be seen by people, and the other by programs. */
START_TEST(a_key_given_twice_on_the_way_is_not_edited)
{
    static const char *const documents[] = {
        "{'config':{},\n'config':{}}",
        "{'config':{'flow':{},\n'flow':[]}}",
        "{'config':{'flow':{'" KEY "':{},\n'" KEY "':{}}}}",
        "{'config':{'flow':{'" KEY "':{'all':{},\n'\\u0061ll':{}}}}}",
        SAYING("'enabled':false,\n'enabled':true"),
    };

    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        write_document(documents[i]);
        expect_edit_refused(file, "line 2, column 1: ");
        expect_edit_refused(file, " is given twice in one object");
        expect_document(documents[i]);
    }
}
END_TEST

START_TEST(a_name_with_a_nul_behind_it_is_not_edited)
{
    write_document("{'config\\u0000':{'flow':1}}");
    set(file, KEY, true);
    expect_document("{'config\\u0000':{'flow':1},'config':{'flow':{'" KEY
                    "':{'all':{'enabled':true}}}}}");
}
END_TEST

START_TEST(a_key_that_cannot_be_written_as_json_is_refused)
{
    struct text_error err;

    ck_assert_int_eq(settings_set_enabled(file, "a\xFF", true, &err), -1);
    ck_assert_int_eq(settings_set_enabled(file, "", true, &err), -1);
    ck_assert_int_ne(access(file, F_OK), 0);
    set(file, "a'\"\\\n\xC3\xA4", true);
    ck_assert(is_enabled("a'\"\\\n\xC3\xA4"));
}
END_TEST

START_TEST(editing_replaces_empty_arrays_on_the_way_by_objects)
{
    for (size_t i = 0; i < EMPTY_DOCUMENTS; i++) {
        write_document(empty_documents[i]);
        set(file, KEY, true);
        expect_same(SAYING("'enabled':true"));
    }
}
END_TEST

START_TEST(a_document_that_is_refused_is_left_as_it_is)
{
    static const char *const documents[] = { "{'config':{}", "", "[1]" };

    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        write_document(documents[i]);
        expect_edit_refused(file, file);
        expect_document(documents[i]);
    }
}
END_TEST

START_TEST(a_path_without_a_directory_is_in_the_current_one)
{
    char before[PATH_MAX];

    ck_assert_ptr_nonnull(getcwd(before, sizeof before));
    ck_assert_int_eq(chdir(directory), 0);
    set("settings.json", KEY, true);
    ck_assert_int_eq(chdir(before), 0);
    ck_assert(is_enabled(KEY));
}
END_TEST

START_TEST(a_path_that_leads_nowhere_is_an_error)
{
    char path[PATH_MAX + 10] = "";

    expect_edit_refused("/missing/settings.json", "/missing/settings.json");
    expect_edit_refused("/missing/settings.json", strerror(ENOENT));
    memset(path, 'a', sizeof path - 1);
    expect_edit_refused(path, "cannot follow aaa");
    ck_assert_int_eq(symlink("settings.json", file), 0);
    expect_edit_refused(file, strerror(ELOOP));
}
END_TEST

/* Edits through a link that holds target, which leads to the document. */
static void expect_followed(const char *target)
{
    struct stat status;

    ck_assert_int_eq(symlink(target, beside), 0);
    set(beside, KEY, true);
    ck_assert_int_eq(lstat(beside, &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
    ck_assert(is_enabled(KEY));
    remove(beside);
    remove(file);
}

START_TEST(symbolic_links_are_followed_even_to_a_missing_file)
{
    char middle[PATH_MAX];

    snprintf(middle, sizeof middle, "%s/middle", directory);
    ck_assert_int_eq(symlink("settings.json", middle), 0);
    write_document("{}");
    expect_followed("middle");
    expect_followed("./settings.json");
    expect_followed(file);
    remove(middle);
}
END_TEST

/* Edits, and then the file must have a mode and an owner. */
static void expect_permissions(mode_t mode, uid_t owner, gid_t group)
{
    struct stat status;

    set(file, KEY, true);
    ck_assert_int_eq(stat(file, &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, mode);
    ck_assert_uint_eq(status.st_uid, owner);
    ck_assert_uint_eq(status.st_gid, group);
}

START_TEST(a_file_keeps_its_mode_and_under_root_its_owner)
{
    bool is_root = geteuid() == 0;
    uid_t owner = is_root ? 12345 : geteuid();
    gid_t group = is_root ? 23456 : getegid();

    write_document("{}");
    ck_assert_int_eq(chown(file, owner, group), 0);
    for (mode_t mode = 0600; mode <= 0666; mode += 022) {
        ck_assert_int_eq(chmod(file, mode), 0);
        expect_permissions(mode, owner, group);
    }
}
END_TEST

START_TEST(a_new_file_gets_the_permissions_of_the_umask)
{
    mode_t before = umask(027);

    expect_permissions(0640, geteuid(), getegid());
    ck_assert_uint_eq(umask(before), 027);
}
END_TEST

START_TEST(an_open_document_does_not_change_under_its_reader)
{
    char text[64] = "";
    FILE *reader;

    write_document("{'filters':{}}");
    reader = fopen(file, "r");
    set(file, KEY, true);
    ck_assert_uint_eq(fread(text, 1, sizeof text - 1, reader), 14);
    ck_assert_str_eq(text, to_json("{'filters':{}}"));
    fclose(reader);
}
END_TEST

/* No test may assert while this holds: check writes files too. */
static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}

START_TEST(a_full_disk_leaves_the_old_document)
{
    struct text_error err;
    int status;

    write_document("{'filters':{}}");
    limit_file_size(20);
    status = settings_set_enabled(file, KEY, true, &err);
    limit_file_size(RLIM_INFINITY);
    ck_assert_int_eq(status, -1);
    ck_assert_ptr_nonnull(strstr(err.text, strerror(EFBIG)));
    expect_document("{'filters':{}}");
}
END_TEST

static const char *get_key(int number)
{
    static char key[32];

    snprintf(key, sizeof key, "check_%d", number);
    return key;
}

/* Enables five checks in a process of its own. */
static void start_editor(int first)
{
    struct text_error err;

    if (fork() != 0)
        return;
    for (int i = first; i < first + 5; i++) {
        if (settings_set_enabled(file, get_key(i), true, &err) != 0)
            _exit(1);
    }
    _exit(0);
}

START_TEST(edits_at_the_same_time_lose_nothing)
{
    int status;

    for (int first = 0; first < 20; first += 5)
        start_editor(first);
    while (wait(&status) > 0)
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    for (int i = 0; i < 20; i++)
        ck_assert(is_enabled(get_key(i)));
}
END_TEST

/* What a process says that enables the check, up to the first line's end. */
static void read_line(int from, char line[512])
{
    size_t len = 0;

    while (len < 511 && read(from, line + len, 1) == 1 && line[len] != '\n')
        len++;
    line[len] = '\0';
}

START_TEST(an_edit_that_waits_for_a_lock_says_so_and_goes_on_when_free)
{
    int lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int pipe_ends[2], status;
    char line[512];

    ck_assert_int_eq(flock(lock, LOCK_EX), 0);
    ck_assert_int_eq(pipe(pipe_ends), 0);
    if (fork() == 0) {
        close(lock);
        dup2(pipe_ends[1], STDERR_FILENO);
        start_editor(0);
        wait(&status);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    }
    close(pipe_ends[1]);
    read_line(pipe_ends[0], line);
    ck_assert_msg(strstr(line, "waiting: ") != NULL, "%s", line);
    ck_assert_msg(strstr(line, directory) != NULL, "%s", line);
    ck_assert(!is_enabled(get_key(0)));
    ck_assert_int_eq(flock(lock, LOCK_UN), 0);
    ck_assert_int_gt(wait(&status), 0);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ck_assert(is_enabled(get_key(0)));
    close(lock);
    close(pipe_ends[0]);
}
END_TEST

static void add_reading_tests(TCase *tests)
{
    tcase_add_test(tests, a_missing_file_gives_empty_settings);
    tcase_add_test(tests, a_missing_file_that_was_named_is_an_error);
    tcase_add_test(tests, nothing_but_a_plain_file_is_opened_and_nobody_waits);
    tcase_add_test(tests, a_document_has_at_most_sixteen_megabytes);
}

static void add_editing_tests(TCase *tests)
{
    tcase_add_test(tests, a_check_can_be_switched_on_and_off_again);
    tcase_add_test(tests, editing_keeps_everything_else_in_the_document);
    tcase_add_test(tests, a_new_document_is_laid_out_for_people);
    tcase_add_test(tests, a_document_that_says_so_already_is_not_written);
    tcase_add_test(tests, a_key_given_twice_on_the_way_is_not_edited);
    tcase_add_test(tests, a_name_with_a_nul_behind_it_is_not_edited);
    tcase_add_test(tests, a_key_that_cannot_be_written_as_json_is_refused);
    tcase_add_test(tests, editing_replaces_empty_arrays_on_the_way_by_objects);
    tcase_add_test(tests, a_document_that_is_refused_is_left_as_it_is);
    tcase_add_test(tests, a_path_without_a_directory_is_in_the_current_one);
    tcase_add_test(tests, a_path_that_leads_nowhere_is_an_error);
    tcase_add_test(tests, symbolic_links_are_followed_even_to_a_missing_file);
    tcase_add_test(tests, a_file_keeps_its_mode_and_under_root_its_owner);
    tcase_add_test(tests, a_new_file_gets_the_permissions_of_the_umask);
    tcase_add_test(tests, an_open_document_does_not_change_under_its_reader);
    tcase_add_test(tests, a_full_disk_leaves_the_old_document);
    tcase_add_test(tests, edits_at_the_same_time_lose_nothing);
    tcase_add_test(tests,
                   an_edit_that_waits_for_a_lock_says_so_and_goes_on_when_free);
}

int main(void)
{
    Suite *suite = suite_create("settings");
    TCase *tests = tcase_create("settings");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, make_directory, remove_directory);
    add_reading_tests(tests);
    add_editing_tests(tests);
    return run_suite(suite);
}
