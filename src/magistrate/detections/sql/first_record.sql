SELECT MIN(r.Timestamp) AS began FROM record r
