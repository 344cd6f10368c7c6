"""What the index promises when syncs are killed, disks fail and roots are hostile or in use."""
