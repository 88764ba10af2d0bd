package dev.chord.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.bounds.HandleBudget;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Who may come in when there is little room. */
class ConnectionsTest {
    private final Connections connections = new Connections(new HandleBudget(6, 3));
    private final AtomicInteger refused = new AtomicInteger();
    private int port;

    private InetSocketAddress from(int last) throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last}), ++port);
    }

    private ConnectionGuard spoken(int last) throws UnknownHostException {
        ConnectionGuard guard = connections.admit(from(last)).orElseThrow();
        guard.spoke();
        return guard;
    }

    @Test
    void whoHasSaidNothingMakesRoomTheOldestFirst() throws Exception {
        for (int i = 1; i <= 5; i++) {
            spoken(i);
        }
        ConnectionGuard silent = connections.admit(from(6)).orElseThrow();
        assertThat(connections.admit(from(7))).isPresent();
        assertThat(silent.isEnded()).isTrue();
        assertThat(connections.count()).isEqualTo(6);
    }

    @Test
    void oneAddressHasItsShareAndMembersMayHaveMore() throws Exception {
        connections.know(a -> a.getAddress()[3] == 2, () -> {}, refused::incrementAndGet);
        for (int i = 0; i < 3; i++) {
            spoken(1);
        }
        assertThat(connections.admit(from(1))).as("all three are in use").isEmpty();
        assertThat(refused).hasValue(1);
        for (int i = 0; i < 3; i++) {
            spoken(2);
        }
        assertThat(connections.count()).isEqualTo(6);
        connections.admit(from(2));
        assertThat(connections.count()).as("in all there are never more").isEqualTo(6);
    }

    @Test
    void theAddressThatHasMostGivesWayEvenIfAllItsConnectionsAreInUse() throws Exception {
        for (int i = 0; i < 3; i++) {
            spoken(1);
            spoken(2);
        }
        assertThat(connections.admit(from(3))).isPresent();
        spoken(3);
        assertThat(connections.count()).isEqualTo(6);
        assertThat(connections.admit(from(4)))
                .as("two have two each, and one none")
                .isPresent();
        connections.admit(from(1));
        assertThat(connections.count()).isEqualTo(6);
    }

    @Test
    void whoGoesMakesRoom() throws Exception {
        ConnectionGuard first = spoken(1);
        spoken(1);
        spoken(1);
        connections.gone(first);
        connections.gone(first);
        assertThat(connections.count()).isEqualTo(2);
        assertThat(connections.admit(from(1))).isPresent();
        connections.end(String.valueOf(first.from()));
        assertThat(first.isEnded()).as("it is not known any more").isFalse();
    }
}
