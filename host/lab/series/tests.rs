use super::*;

fn parse(text: &str) -> Result<Series, SeriesError> {
    Series::parse(text.as_bytes(), None)
}

#[test]
fn parse_reads_both_layouts() {
    let vix =
        parse("DATE,OPEN,HIGH,LOW,CLOSE\n1990-01-02,17.24,17.24,17.24,17.240000\n1990-01-03,18,18,18,18.19\n").unwrap();
    assert_eq!(vix.kind(), Kind::Volatility);
    assert_eq!(vix.points()[0], Point { date: "1990-01-02".into(), value: 17_240_000 });
    let level = parse("date,value\n2024-02-29,1\n2024-03-01T00:00:00Z,0.0000019\n").unwrap();
    assert_eq!(level.kind(), Kind::Demand);
    assert_eq!(level.points()[1], Point { date: "2024-03-01".into(), value: 1 });
    let metrics = parse("time,AdrActCnt,PriceUSD\n2024-01-01,5,2.5\n2024-01-02,6,3\n").unwrap();
    assert_eq!((metrics.kind(), metrics.points()[0].value), (Kind::Demand, 2_500_000));
    let forced =
        Series::parse("date,value\n2024-01-01,20\n2024-01-02,21\n".as_bytes(), Some(Kind::Volatility)).unwrap();
    assert_eq!(forced.kind(), Kind::Volatility);
}

#[test]
fn parse_reverts_with_the_line() {
    assert!(matches!(parse("day,value\n"), Err(SeriesError::MissingColumn { what: "date", .. })));
    assert!(matches!(parse("date,open\n"), Err(SeriesError::MissingColumn { what: "value", .. })));
    for bad in ["2023-02-29", "2024-13-01", "2024-00-10", "24-01-01", "2024-1-01", "01/02/2024", ""] {
        let text = format!("date,value\n{bad},1\n");
        assert!(matches!(parse(&text), Err(SeriesError::BadDate { line: 2, .. })), "{bad}");
    }
    for bad in ["", ".", "-1", "0", "1e3", "1.2.3", "1000000001", "NaN", "0.0000001"] {
        let text = format!("date,value\n2024-01-01,1\n2024-01-02,{bad}\n");
        assert!(matches!(parse(&text), Err(SeriesError::BadValue { line: 3, .. })), "{bad}");
    }
    assert!(matches!(
        parse("date,value\n2024-01-02,1\n2024-01-02,1\n"),
        Err(SeriesError::NotAscending { line: 3, .. })
    ));
    assert!(matches!(parse("date,value\n2024-01-02,1\n"), Err(SeriesError::TooShort { found: 1, .. })));
    assert!(matches!(parse("date,value\n2024-01-02,1,9\n"), Err(SeriesError::Csv(_))));
}

#[test]
fn starting_keeps_the_later_part() {
    let series = parse("date,value\n2024-01-01,1\n2024-01-05,2\n2024-01-09,3\n").unwrap();
    assert_eq!(series.clone().starting("2024-01-02").unwrap().points().len(), 2);
    assert!(matches!(series.clone().starting("2024-01-09"), Err(SeriesError::TooShort { found: 1, .. })));
    assert!(matches!(series.starting("soon"), Err(SeriesError::BadStart { .. })));
}

#[test]
fn the_committed_series_load() {
    let level = Series::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/data/demand.csv")), None).unwrap();
    assert_eq!((level.kind(), level.points().len()), (Kind::Demand, 400));
    let index = Series::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/data/volatility.csv")), None).unwrap();
    assert_eq!((index.kind(), index.points().len()), (Kind::Volatility, 400));
}
