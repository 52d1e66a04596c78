<?php
// Installs the site, and prints a password of an application for each of its users: an administrator's, an author's.
define('WP_INSTALLING', true);
require ABSPATH . 'wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('A blog of tests', 'editor', 'editor@example.com', true, '', wp_generate_password());
update_option('permalink_structure', '/%postname%/');
flush_rewrite_rules();
$author = wp_insert_user(['user_login' => 'author', 'user_pass' => wp_generate_password(), 'role' => 'author', 'user_email' => 'author@example.com']);
$passwords = [];
foreach ([1, $author] as $id) {
    $made = WP_Application_Passwords::create_new_application_password($id, ['name' => 'galley']);
    $passwords[get_userdata($id)->user_login] = $made[0];
}
echo json_encode(['passwords' => $passwords, 'author' => $author]);
