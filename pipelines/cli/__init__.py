"""The command ``mirliton``: one file per subject, nothing imported before it is needed."""
