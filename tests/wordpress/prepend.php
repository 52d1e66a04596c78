<?php
// Debian's files are linked into the site's folder, and PHP would take the place that the links lead to for the site's.
define('ABSPATH', getenv('GALLEY_WP_FOLDER') . '/');
