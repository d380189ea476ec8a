/* SPDX-License-Identifier: GPL-3.0-or-later */
/* no_symbol - a shared object that is no module: it has no fc_module_init. */

extern const int no_symbol;
const int no_symbol = 1;
