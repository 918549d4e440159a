-- Nobody looks operations up by this id here; every operation paid for the index with one more page to encrypt.
DROP INDEX operation_by_id;
