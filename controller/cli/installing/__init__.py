"""Install Loquet on a computer for `loquet setup`, and uninstall it for `loquet remove`."""
