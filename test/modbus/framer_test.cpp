#include "modbus/framer.hpp"

#include "support/catch.hpp"
#include "test/modbus/bytes.hpp"

using namespace hil::modbus;
using namespace hil::modbus::test;

namespace {

const Bytes first = hex("0c05 0000 0006 11 03 007c 0002");
const Bytes second = hex("0c06 0000 0002 ff 07");  // the shortest frame there is

Bytes longest() {
    Bytes frame = hex("ffff 0000 00fe 00 10");
    frame.resize(max_adu_size, 0xA5);
    return frame;
}

}  // namespace

TEST_CASE("a frame is the same frame wherever its bytes are cut") {
    const Bytes stream = first + second + longest() + first;
    const auto whole = frame_whole(stream);
    REQUIRE(whole.frames.size() == 4);
    CHECK(whole.frames[0] == OwnedFrame{0x0c05, 0x11, hex("03 007c 0002")});
    CHECK(whole.frames[1] == OwnedFrame{0x0c06, 0xff, hex("07")});
    CHECK(whole.frames[2].pdu.size() == max_pdu_size);
    CHECK_FALSE(whole.bad);
    CHECK(whole.left == 0);
    for (std::size_t at = 0; at <= stream.size(); ++at)
        CHECK(frame_cut(stream, at) == whole);
    for (std::size_t size = 1; size <= stream.size(); ++size)
        CHECK(frame_in_chunks(stream, size) == whole);
}

TEST_CASE("a frame that has not ended waits for its rest") {
    for (std::size_t size = 0; size < first.size(); ++size) {
        const auto framed = frame_whole(std::span(first).first(size));
        CHECK(framed.frames.empty());
        CHECK_FALSE(framed.bad);
        CHECK(framed.left == size);
    }
}

TEST_CASE("a wrong protocol id or an absurd length ends the stream, after the frames before it") {
    for (const auto* wrong : {
             "0001 0100 0006 01 03 0000 0001",  // protocol id
             "0001 0001 0006 01 03 0000 0001",
             "0001 0000 0106 01 03 0000 0001",  // longer than any frame
             "0001 0000 00ff 01 03 0000 0001",  // by one
             "0001 0000 0001 01",               // no function
             "0001 0000 0000",                  // not even a unit
             "4745 5420 2f20",                  // a browser
         }) {
        CAPTURE(wrong);
        const Bytes stream = first + hex(wrong);
        for (std::size_t at = 0; at <= stream.size(); ++at) {
            const auto framed = frame_cut(stream, at);
            CHECK(framed.bad);
            REQUIRE(framed.frames.size() == 1);
            CHECK(framed.frames[0].transaction == 0x0c05);
        }
    }
}

TEST_CASE("a wrong header is told before its frame could be complete") {
    CHECK(frame_whole(hex("0001 01")).bad);
    CHECK(frame_whole(hex("0001 0001")).bad);
    CHECK(frame_whole(hex("0001 0000 01")).bad);
    CHECK(frame_whole(hex("0001 0000 00ff")).bad);
}

TEST_CASE("there is always room for a whole frame once the frames there were taken") {
    Framer framer;
    Frame frame;
    const Bytes stream = longest();
    for (int round = 0; round < 100; ++round) {
        std::size_t done = 0;
        // Frames begin at ever different places of the buffer.
        for (std::size_t piece = 1; done < stream.size(); piece += 7) {
            CHECK(framer.space().size() >= max_adu_size - framer.buffered());
            done += put(framer, std::span(stream).subspan(done, std::min(piece, stream.size() - done)));
            const auto found = framer.next(frame);
            CHECK(found == (done == stream.size() ? Framer::Found::frame : Framer::Found::nothing));
        }
        CHECK(frame.pdu.size() == max_pdu_size);
        CHECK(put(framer, first) == first.size());
        CHECK(framer.next(frame) == Framer::Found::frame);
        CHECK(put(framer, std::span(second).first(5)) == 5);
        CHECK(framer.next(frame) == Framer::Found::nothing);
        CHECK(put(framer, std::span(second).subspan(5)) == second.size() - 5);
        CHECK(framer.next(frame) == Framer::Found::frame);
    }
}

TEST_CASE("a long stream in the largest pieces there is room for comes out whole") {
    Bytes stream;
    for (int i = 0; i < 500; ++i)
        stream = stream + (i % 7 == 0 ? longest() : first);
    const auto framed = frame_whole(stream);
    CHECK(framed.frames.size() == 500);
    CHECK_FALSE(framed.bad);
    CHECK(framed.left == 0);
    CHECK(std::count(framed.frames.begin(), framed.frames.end(),
                     OwnedFrame{0x0c05, 0x11, hex("03 007c 0002")}) == 500 - 72);
}
