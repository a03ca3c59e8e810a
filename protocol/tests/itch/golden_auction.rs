//! Golden bytes of the messages about auctions and interest.

use openbell_protocol::itch::{
    DirectListingPriceDiscovery, IpoQuotingPeriodUpdate, LuldAuctionCollar, Message,
    NetOrderImbalanceIndicator, RetailInterest,
};
use openbell_protocol::time::U48;

use crate::{check, symbol};

#[test]
fn ipo_quoting_period_update() {
    let message = IpoQuotingPeriodUpdate {
        message_type: b'K',
        stock_locate: 0.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        stock: symbol("ZXZZT"),
        ipo_quotation_release_time: 36_600.into(),
        ipo_quotation_release_qualifier: b'A',
        ipo_price: 190_000.into(),
    };
    check(
        Message::IpoQuotingPeriodUpdate(&message),
        "0   4B               message_type K
         1   0000             stock_locate 0
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  5A585A5A54202020 stock ZXZZT
         19  00008EF8         ipo_quotation_release_time 36600
         23  41               ipo_quotation_release_qualifier A
         24  0002E630         ipo_price 190000",
    );
}

#[test]
fn luld_auction_collar() {
    let message = LuldAuctionCollar {
        message_type: b'J',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        stock: symbol("ZXZZT"),
        auction_collar_reference_price: 133_400.into(),
        upper_auction_collar_price: 140_100.into(),
        lower_auction_collar_price: 109_200.into(),
        auction_collar_extension: 1.into(),
    };
    check(
        Message::LuldAuctionCollar(&message),
        "0   4A               message_type J
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  5A585A5A54202020 stock ZXZZT
         19  00020918         auction_collar_reference_price 133400
         23  00022344         upper_auction_collar_price 140100
         27  0001AA90         lower_auction_collar_price 109200
         31  00000001         auction_collar_extension 1",
    );
}

#[test]
fn net_order_imbalance_indicator() {
    let message = NetOrderImbalanceIndicator {
        message_type: b'I',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        paired_shares: 0x0000_0003_0000_0004.into(),
        imbalance_shares: 0x0000_0005_0000_0006.into(),
        imbalance_direction: b'B',
        stock: symbol("ZXZZT"),
        far_price: 464_500.into(),
        near_price: 464_600.into(),
        current_reference_price: 464_700.into(),
        cross_type: b'C',
        price_variation_indicator: b'L',
    };
    check(
        Message::NetOrderImbalanceIndicator(&message),
        "0   49               message_type I
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  0000000300000004 paired_shares 0x0000_0003_0000_0004
         19  0000000500000006 imbalance_shares 0x0000_0005_0000_0006
         27  42               imbalance_direction B
         28  5A585A5A54202020 stock ZXZZT
         36  00071674         far_price 464500
         40  000716D8         near_price 464600
         44  0007173C         current_reference_price 464700
         48  43               cross_type C
         49  4C               price_variation_indicator L",
    );
}

#[test]
fn retail_interest() {
    let message = RetailInterest {
        message_type: b'N',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        stock: symbol("ZXZZT"),
        interest_flag: b'A',
    };
    check(
        Message::RetailInterest(&message),
        "0   4E               message_type N
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  5A585A5A54202020 stock ZXZZT
         19  41               interest_flag A",
    );
}

#[test]
fn direct_listing_price_discovery() {
    let message = DirectListingPriceDiscovery {
        message_type: b'O',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        stock: symbol("ZXZZT"),
        open_eligibility_status: b'Y',
        minimum_allowable_price: 160_000.into(),
        maximum_allowable_price: 540_000.into(),
        near_execution_price: 250_000.into(),
        near_execution_time: 36_000_000_000_123.into(),
        lower_price_range_collar: 225_000.into(),
        upper_price_range_collar: 275_000.into(),
    };
    check(
        Message::DirectListingPriceDiscovery(&message),
        "0   4F               message_type O
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  5A585A5A54202020 stock ZXZZT
         19  59               open_eligibility_status Y
         20  00027100         minimum_allowable_price 160000
         24  00083D60         maximum_allowable_price 540000
         28  0003D090         near_execution_price 250000
         32  000020BDE736407B near_execution_time 36000000000123
         40  00036EE8         lower_price_range_collar 225000
         44  00043238         upper_price_range_collar 275000",
    );
}
