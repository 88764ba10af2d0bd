package dev.chord.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class AllowanceTest {
    private static final long MANY = 1L << 50;

    @Property
    void whatIsAdmittedKeepsToBothBoundsAndWhatIsRefusedWouldNot(
            @ForAll @LongRange(min = 0, max = MANY) long quota,
            @ForAll @LongRange(min = 0, max = MANY) long reserve,
            @ForAll @LongRange(min = 0, max = MANY) long counted,
            @ForAll @LongRange(min = 0, max = MANY) long unwritten,
            @ForAll @LongRange(min = 0, max = MANY) long usable,
            @ForAll @LongRange(min = 1, max = MANY) long wanted) {
        Allowance allowance = new Allowance(quota, reserve);
        Allowance.Use use = new Allowance.Use(counted, unwritten, usable);
        boolean fits = counted + wanted <= quota && usable - unwritten - wanted >= reserve;
        assertThat(allowance.bound(use, wanted) == Allowance.Bound.NONE).isEqualTo(fits);
        assertThat(wanted <= allowance.free(use)).isEqualTo(fits);
    }

    @Test
    void nothingFitsWhereThereIsTooMuchAlready() {
        Allowance allowance = new Allowance(100, 10);
        Allowance.Use full = new Allowance.Use(150, 0, 5);
        assertThat(allowance.bound(full, 0)).isEqualTo(Allowance.Bound.NONE);
        assertThat(allowance.bound(full, 1)).isEqualTo(Allowance.Bound.QUOTA);
        assertThat(allowance.bound(new Allowance.Use(0, 0, 10), 1)).isEqualTo(Allowance.Bound.RESERVE);
        assertThat(new Allowance(Long.MAX_VALUE, 0).bound(new Allowance.Use(0, 0, Long.MAX_VALUE), MANY))
                .isEqualTo(Allowance.Bound.NONE);
    }

    @Test
    void theSmallerUploadGoesFirstAndAllAgreeOnEquals() {
        Precedence small = new Precedence(5, Identifier.of(9));
        Precedence large = new Precedence(6, Identifier.of(1));
        Precedence same = new Precedence(5, Identifier.of(10));
        assertThat(small.before(large)).isTrue();
        assertThat(large.before(small)).isFalse();
        assertThat(small.before(same)).isTrue();
        assertThat(same.before(small)).isFalse();
        assertThat(Precedence.FIRST.before(small)).isTrue();
        assertThat(small.before(small)).isFalse();
    }
}
