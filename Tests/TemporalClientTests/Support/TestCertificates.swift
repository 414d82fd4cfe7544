/// Certificates for tests, valid until the year 2126: a root, a server for `localhost` and `temporal.test`, a client.
enum TestCertificates {
    /// The root that signed the others.
    static let root = """
        -----BEGIN CERTIFICATE-----
        MIIBjjCCATWgAwIBAgIUWDR4iC6BubgR9l+x149SB4IxwMAwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJVGVzdCBSb290MCAXDTI2MTEyMTA4MDgyOVoYDzIxMjYxMDI4
        MDgwODI5WjAUMRIwEAYDVQQDDAlUZXN0IFJvb3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASvRH7z6aOuekCxoK5DFggP5bGYbGvzd2rzaAwq5kwWh0mWYJjamFIU
        lq11c38iLvNkFwKPKrJkNK7HDcQIeI/To2MwYTAdBgNVHQ4EFgQUWuMN055dBAJT
        e1e34I40zhybqEYwHwYDVR0jBBgwFoAUWuMN055dBAJTe1e34I40zhybqEYwDwYD
        VR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwCgYIKoZIzj0EAwIDRwAwRAIg
        Ao+C9pc6b46R2WHTfiVEHZowSCz98c6wMTeHGjILvy8CIEYznsbJ+NHJ6wiRGvR0
        JXbbH5cx9oAxbLgFsohaK8LM
        -----END CERTIFICATE-----
        """

    /// The certificate of the server.
    static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBsjCCAVigAwIBAgIUM/4O+8S8x+nepTarmwPYAhYVbEAwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJVGVzdCBSb290MCAXDTI2MTEyMTA4MDgyOVoYDzIxMjYxMDI4
        MDgwODI5WjARMQ8wDQYDVQQDDAZzZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMB
        BwNCAASbmrTBi5na9/UDJpCG1BeV7LOqk+LWKWbmxNTOF/Oa0XU1cUS/KbEKQp4I
        yLVosWq/BDupt3jGQZZN4Mlm9NMno4GIMIGFMCMGA1UdEQQcMBqCCWxvY2FsaG9z
        dIINdGVtcG9yYWwudGVzdDAJBgNVHRMEAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMB
        MB0GA1UdDgQWBBQo/1gsA2lSKz/wJiI07m7DKZyUOTAfBgNVHSMEGDAWgBRa4w3T
        nl0EAlN7V7fgjjTOHJuoRjAKBggqhkjOPQQDAgNIADBFAiAWus3sMB+Oc85WJjKZ
        T5MHKzuhVW059SxImntIWulsLgIhAJk2+M4ydi7eCg/zrKdzJtQOx2hntDUILy9d
        s5a9Rme3
        -----END CERTIFICATE-----
        """

    /// The key of the server.
    static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5BGI2ES6clZDcxe/
        0sxw+IChAO7pWXwbw2TxJne9pm2hRANCAASbmrTBi5na9/UDJpCG1BeV7LOqk+LW
        KWbmxNTOF/Oa0XU1cUS/KbEKQp4IyLVosWq/BDupt3jGQZZN4Mlm9NMn
        -----END PRIVATE KEY-----
        """

    /// The certificate of the client.
    static let client = """
        -----BEGIN CERTIFICATE-----
        MIIBozCCAUmgAwIBAgIUM/4O+8S8x+nepTarmwPYAhYVbEEwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJVGVzdCBSb290MCAXDTI2MTEyMTA4MDgyOVoYDzIxMjYxMDI4
        MDgwODI5WjARMQ8wDQYDVQQDDAZjbGllbnQwWTATBgcqhkjOPQIBBggqhkjOPQMB
        BwNCAASu9pQy2mU3CXaWC5eSLlSkKqNPXCTrtnFn1zCJ6Uk0tG0oqVaiyr+CkfXF
        iV8A6Sk40GQoCQi8wVlCRjr9VRv5o3oweDAWBgNVHREEDzANggtjbGllbnQudGVz
        dDAJBgNVHRMEAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMB0GA1UdDgQWBBQglMnI
        7m8JZLbmR94sSm67j0S52TAfBgNVHSMEGDAWgBRa4w3Tnl0EAlN7V7fgjjTOHJuo
        RjAKBggqhkjOPQQDAgNIADBFAiBIj21exYzTaC4gZsX03MFO3fQpB4ofFtLhp9uq
        MJuYxQIhAKTkoOnA0QpD2u9/CQNJYA7T66PHzn+njkuDUYjwJUPc
        -----END CERTIFICATE-----
        """

    /// The key of the client.
    static let clientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBh4aNUzZ+5DOFLQ0
        3hwSTCXm8n687TP4zv6E6RYN+jGhRANCAASu9pQy2mU3CXaWC5eSLlSkKqNPXCTr
        tnFn1zCJ6Uk0tG0oqVaiyr+CkfXFiV8A6Sk40GQoCQi8wVlCRjr9VRv5
        -----END PRIVATE KEY-----
        """
}
