package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.Topology;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.io.StringReader;
import java.util.List;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** What a member says about itself stays text in the picture of the ring. */
class RingPictureTest {
    @Test
    void aHostIsNoMarkup() {
        for (String host :
                List.of("</text><script>alert(1)</script>", "a&b", "x' onload='y", "]]>", "\"><a href='b'>")) {
            assertThatThrownBy(() -> new Endpoint(host, 1)).as(host).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void hostsOfEveryFormAreWhatTheyAre() throws Exception {
        for (String host : List.of("127.0.0.1", "a-host.example", "2001:db8::1")) {
            Peer peer = new Peer(
                    Identifier.sha256(new byte[1]), new Endpoint(host, 1), "<z>", Identifier.sha256(new byte[2]), 1);
            Reply.Neighborhood view = new Reply.Neighborhood(
                    peer, Phase.MEMBER, Optional.empty(), List.of(), false, true, Optional.empty(), 0);
            String svg = RingPicture.of(List.of(new Topology.Member(peer, Optional.of(view), "")));
            DocumentBuilderFactory parsers = DocumentBuilderFactory.newInstance();
            Document picture = parsers.newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
            assertThat(picture.getElementsByTagName("text").item(0).getTextContent())
                    .contains(host);
        }
    }
}
