//! Files onto a WFM's SFTP server.
