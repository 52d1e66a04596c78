<?php
// A WordPress for tests: Debian's code, a database and a content folder of its own, both thrown away.
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . getenv('GALLEY_WP_SOCKET'));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_HOME', getenv('GALLEY_WP_URL'));
define('WP_SITEURL', getenv('GALLEY_WP_URL'));
// Application passwords need TLS anywhere else.
define('WP_ENVIRONMENT_TYPE', 'local');
// Nobody is called, nothing is updated, nothing runs beside the requests.
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true);
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'] as $name) {
    define($name, 'of a site that nobody keeps: ' . $name);
}
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
