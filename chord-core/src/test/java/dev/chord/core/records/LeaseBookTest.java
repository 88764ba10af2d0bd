package dev.chord.core.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.BeforeTry;

/**
 * By which of a machine's two clocks a lease goes: an owner by the one that went further, a holder by the one
 * that never jumps.
 */
class LeaseBookTest {
    private static final long LENGTH = 1_000_000;
    private static final long HOUR = 3600 * ManualHost.SECOND;
    private static final Arc ARC = new Arc(Identifier.of(10), Identifier.of(20));
    private static final Identifier INSIDE = Identifier.of(15);

    private ManualHost host = new ManualHost();
    private LeaseBook book = new LeaseBook(host, LENGTH);

    @BeforeTry
    void anew() {
        host = new ManualHost();
        book = new LeaseBook(host, LENGTH);
    }

    private boolean holds() {
        return book.holds(INSIDE, 3);
    }

    @Example
    void anOwnerReliesOnThreeQuartersOfIt() {
        book.hold(ARC, 3, book.asking());
        host.advance(LENGTH * 3 / 4 - 1);
        assertThat(holds()).isTrue();
        host.advance(1);
        assertThat(holds()).isFalse();
    }

    @Example
    void itCountsFromWhenItWasAskedFor() {
        long asked = book.asking();
        host.advance(LENGTH / 2);
        book.hold(ARC, 3, asked);
        assertThat(holds()).isTrue();
        host.advance(LENGTH / 4);
        assertThat(holds()).isFalse();
    }

    @Example
    void aMachineThatSleptDoesNotRelyOnIt() {
        book.hold(ARC, 3, book.asking());
        host.advance(LENGTH / 2);
        host.jump(HOUR); // the other clock stood still meanwhile
        assertThat(holds()).isFalse();
        host.jump(-HOUR);
        assertThat(holds()).as("what has run out does not come back").isFalse();
        book.hold(ARC, 3, book.asking());
        assertThat(holds()).as("it asks once more").isTrue();
    }

    @Example
    void aTimeOfDayThatIsPutBackDoesNotMakeItLonger() {
        book.hold(ARC, 3, book.asking());
        host.jump(-2 * HOUR);
        host.advance(LENGTH / 2);
        assertThat(holds()).isTrue();
        host.advance(LENGTH / 4);
        assertThat(holds()).isFalse();
    }

    /**
     * Whatever is done to the time of day, and however often it is looked at: never for longer than by the
     * clock that does not jump.
     */
    @Property
    void noJumpMakesItLonger(@ForAll @Size(max = 20) List<@LongRange(min = -5_000_000, max = 5_000_000) Long> jumps) {
        book.hold(ARC, 3, book.asking());
        for (int part = 0; part < jumps.size(); part++) {
            host.jump(jumps.get(part));
            holds();
            host.advance(LENGTH / 20);
            if (part >= 15) {
                assertThat(holds()).isFalse();
            }
        }
    }

    @Example
    void aHolderIsBoundWhateverHappensToItsTimeOfDay() {
        host.advance(LENGTH); // what the process before it may have given is over
        book.give(ARC);
        host.jump(HOUR);
        assertThat(book.left(List.of(ARC))).as("it slept").isEqualTo(LENGTH);
        host.jump(-3 * HOUR);
        host.advance(LENGTH / 4);
        assertThat(book.left(List.of(ARC))).isEqualTo(LENGTH * 3 / 4);
        host.advance(LENGTH * 3 / 4);
        assertThat(book.left(List.of(ARC))).isZero();
    }

    @Example
    void aHolderThatHasJustStartedMayBeBoundByTheProcessBeforeIt() {
        assertThat(book.left(List.of(ARC))).isEqualTo(LENGTH);
        host.advance(LENGTH);
        assertThat(book.left(List.of(ARC))).isZero();
    }
}
