"""WMI activities: who used WMI, on which host, from where, with which join; and the stories they form."""
